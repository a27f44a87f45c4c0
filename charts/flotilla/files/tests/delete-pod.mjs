// How a program of `helm test` deletes a pod: by the account that the pod has, which may do nothing else.
import { readFileSync } from "node:fs";
import { request } from "node:https";

const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

export function deletePod(name) {
  const bearer = `Bearer ${readFileSync(`${ACCOUNT}/token`, "utf8")}`;
  const path = `/api/v1/namespaces/${process.env.NAMESPACE}/pods/${name}`;
  const options = { host: "kubernetes.default.svc", path, method: "DELETE", ca: readFileSync(`${ACCOUNT}/ca.crt`), headers: { authorization: bearer } };
  return new Promise((resolve, reject) => {
    const call = request(options, (response) => {
      response.resume();
      if (response.statusCode === 200 || response.statusCode === 202) resolve();
      else reject(new Error(`deleting ${name}: HTTP ${response.statusCode}`));
    });
    call.on("error", reject);
    call.end();
  });
}
