/** What signs a call. */
export interface Credentials {
  readonly accessKey: string;
  readonly secretKey: string;
  /** Of temporary credentials; sent and signed as it stands. */
  readonly sessionToken?: string;
}

/**
 * Gives the credentials for one call; asked before each. `refresh` says that JD Cloud refused the
 * last ones with 401, so nothing remembered may be given. Rejects with an Error that holds no secret.
 */
export type CredentialProvider = (options?: { readonly refresh?: boolean }) => Promise<Credentials>;
