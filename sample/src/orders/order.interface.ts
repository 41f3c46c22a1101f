export interface NewOrder {
  article: string;
  quantity: number;
}

export interface Order extends NewOrder {
  id: number;
  /** The client that placed it, as its access token says. */
  placedBy: string | undefined;
}
