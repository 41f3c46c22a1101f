/** Waits for work that goes on without us once the signal says that nobody here wants it any more. */
export function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    const stay = () => signal.removeEventListener('abort', leave);
    work.then(resolve, reject).finally(stay);
    if (signal.aborted) leave();
  });
}
