// Which server speaks S3, and as whom it is asked: for processes that run tasks, and for backups. No job and no message names a secret.
import type { S3Settings } from "../files/s3/s3-client.ts";
import type { Setting, SettingsReader } from "./settings.ts";
import { check, originIn, secretSettings, setting } from "./settings.ts";

const ACCESS_KEY = secretSettings("FLOTILLA_S3_ACCESS_KEY", "the id of the key to sign with");
const SECRET_KEY = secretSettings("FLOTILLA_S3_SECRET_KEY", "the secret of that key");
const SESSION_TOKEN = secretSettings("FLOTILLA_S3_SESSION_TOKEN", "for keys that are lent: what came with them");

/** In the order in which they are documented. */
export const S3_SETTINGS = {
  s3Endpoint: setting("FLOTILLA_S3_ENDPOINT", "", "the server of `s3:` inputs and outputs, `http://host:port`; if empty, there are none"),
  s3Region: setting("FLOTILLA_S3_REGION", "us-east-1", "its region"),
  s3AccessKey: ACCESS_KEY.plain,
  s3AccessKeyFile: ACCESS_KEY.file,
  s3SecretKey: SECRET_KEY.plain,
  s3SecretKeyFile: SECRET_KEY.file,
  s3SessionToken: SESSION_TOKEN.plain,
  s3SessionTokenFile: SESSION_TOKEN.file,
} as const satisfies Record<string, Setting>;

/** Null: there is no such server. */
export function s3SettingsIn(read: SettingsReader): S3Settings | null {
  const endpoint = read.text(S3_SETTINGS.s3Endpoint);
  if (endpoint === "") return null;
  const [accessKey, secretKey] = [read.secret(ACCESS_KEY), read.secret(SECRET_KEY)];
  check(accessKey !== null, S3_SETTINGS.s3AccessKey, `is not set, and ${S3_SETTINGS.s3Endpoint.name} is`);
  check(secretKey !== null, S3_SETTINGS.s3SecretKey, `is not set, and ${S3_SETTINGS.s3Endpoint.name} is`);
  const credentials = { accessKey, secretKey, sessionToken: read.secret(SESSION_TOKEN) };
  return { endpoint: originIn(S3_SETTINGS.s3Endpoint, endpoint), region: read.text(S3_SETTINGS.s3Region), credentials };
}
