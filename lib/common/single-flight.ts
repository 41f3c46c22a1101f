/** Lets any number of callers share one run of the same work. A failure is shared, never kept. */
export class SingleFlight<T> {
  private readonly flights = new Map<string, Promise<T>>();

  /** Whether there is a run to join. */
  has(key: string): boolean {
    return this.flights.has(key);
  }

  /** Joins the run under way for `key`, or starts one. */
  run(key: string, work: () => Promise<T>): Promise<T> {
    const current = this.flights.get(key);
    if (current) return current;
    const flight = work().finally(() => {
      // Only the owner takes its flight away: a newer one under the same key must stay.
      if (this.flights.get(key) === flight) this.flights.delete(key);
    });
    this.flights.set(key, flight);
    return flight;
  }
}
