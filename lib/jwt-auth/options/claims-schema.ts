/** As much of a Standard Schema (version 1) as is needed: https://standardschema.dev */
export interface ClaimsSchema {
  readonly '~standard': {
    readonly version: 1;
    readonly validate: (value: unknown) => ClaimsResult | Promise<ClaimsResult>;
  };
}

/** What a schema makes of the claims. */
export type ClaimsResult =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string }[] };
