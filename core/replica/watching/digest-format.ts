/** What a state's digest is made of. Raised with every change to that, so that only what is made alike is compared. */
export const DIGEST_FORMAT = 1;
