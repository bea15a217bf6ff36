/** Runs one thing at a time, in the order asked for. */
export function createMutex(): <T>(act: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (act) => {
    const mine = last.then(act, act)
    last = mine.catch(() => undefined)
    return mine
  }
}
