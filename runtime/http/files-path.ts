// Where files are taken and given. Their bytes pass as they come, however many there are.
export const FILES_PATH = "/v1/files/*";
