/** How a client reads answers that leave something out, or call it otherwise. */
export interface AnswerOptions {
  /** What a token of an unknown type is sent as. */
  readonly tokenType?: 'Bearer' | undefined;
  /** How long a token lives of which nobody says so, in seconds. */
  readonly defaultLifetimeSeconds?: number | undefined;
}
