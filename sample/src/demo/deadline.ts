/** Waits for the work, but no longer than this: a demo that hangs tells nobody anything. */
export async function within<T>(seconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`Not done after ${seconds} s`)), seconds * 1000);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Tries again and again until it works out or the time is over. Tells how long it took, in ms. */
export async function waitUntil(
  seconds: number,
  attempt: () => Promise<boolean>,
): Promise<number | undefined> {
  const start = performance.now();
  while (performance.now() - start < seconds * 1000) {
    if (await attempt()) {
      return Math.round(performance.now() - start);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return undefined;
}
