/** The parts of a token request that may differ from call to call. */
export interface TokenRequestParameters {
  readonly scope?: string | readonly string[] | undefined;
  readonly resource?: string | readonly string[] | undefined;
  readonly audience?: string | undefined;
  readonly parameters?: Readonly<Record<string, string>> | undefined;
}
