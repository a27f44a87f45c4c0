// How much a member insists on TLS, once it has a certificate.
export const TLS_MODES = ["require", "prefer"] as const;

/**
 * `prefer`: it takes peers with and without, and tries with it first. It protects from nobody who can touch what is sent, so it is only for
 * the way from one to the other, on which some members have certificates already and others have none yet.
 */
export type TlsMode = (typeof TLS_MODES)[number];
