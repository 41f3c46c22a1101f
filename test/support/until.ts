const DEADLINE_MS = 4_000;

/** Lets other work go on until a condition holds; gives up loudly when it never does. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`Waited in vain for: ${condition.toString()}`);
    await new Promise(setImmediate);
  }
}
