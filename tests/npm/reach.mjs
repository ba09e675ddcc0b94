// Tries to reach the address that is named, in one of the ways that Node has.
import dns from "node:dns/promises";
import net from "node:net";

const [way, host, port] = process.argv.slice(2);
const ways = {
  fetch: () => fetch(`http://${host}:${port}/`).then((answer) => answer.text()),
  socket: () =>
    new Promise((resolve, reject) => {
      const socket = net.connect(Number(port), host, () => resolve("connected"));
      socket.on("error", reject);
      socket.on("data", () => socket.end());
    }),
  dns: () => dns.resolve4(host),
};
try {
  console.log(await ways[way]());
  process.exit(0);
} catch (error) {
  console.error(error.cause?.message ?? error.message);
  process.exit(1);
}
