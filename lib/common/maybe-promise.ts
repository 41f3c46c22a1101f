/** A value that is there already, or comes later. */
export type MaybePromise<T> = T | PromiseLike<T>;

/** Goes on with a value: at once where it is there, so that nothing waits for a promise without need. */
export function whenThere<T, R>(
  value: MaybePromise<T>,
  proceed: (value: T) => MaybePromise<R>,
): MaybePromise<R> {
  return isPromiseLike(value) ? value.then(proceed) : proceed(value);
}

/** Not `instanceof Promise`: query builders are thenable too, and another realm has a `Promise` of its own. */
export function isPromiseLike<T>(value: MaybePromise<T>): value is PromiseLike<T> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'then' in value &&
    typeof value.then === 'function'
  );
}
