// Whether each case is verified by the npm package of Standard Webhooks.
import { Webhook } from "standardwebhooks";

const verified = JSON.parse(process.argv[2]).map(({ secret, headers, body }) => {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
});
console.log(JSON.stringify(verified));
