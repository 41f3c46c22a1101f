/** What is sent. */
export interface Sent {
  /** The values of the headers `Authorization`. */
  readonly authorization: readonly string[];
  readonly query?: string | undefined;
}
