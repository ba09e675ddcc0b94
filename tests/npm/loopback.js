// Loaded before every script that the tests run: no socket leaves this machine.
import dgram from "node:dgram";
import dns from "node:dns";
import net from "node:net";

const here = new Set(["localhost", "127.0.0.1", "::1"]);

function refuse(host) {
  throw new Error(`Tests talk to this machine only, not to ${host}.`);
}

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...given) {
  // Node itself passes its own normalised list of arguments as the first one.
  const [first, second] = Array.isArray(given[0]) ? given[0] : given;
  const options = typeof first === "object" && first !== null ? first : undefined;
  const host = options ? options.host : second;
  const isPath = options ? options.path : typeof first === "string" && Number.isNaN(Number(first));
  if (!isPath && host !== undefined && !here.has(host)) {
    refuse(host);
  }
  return connect.apply(this, given);
};

for (const name of ["resolve", "resolve4", "resolve6", "resolveAny", "resolveTxt", "reverse"]) {
  dns[name] = dns.promises[name] = refuse;
}
dgram.createSocket = () => refuse("any by UDP");
