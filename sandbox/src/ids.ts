import { randomBytes } from 'node:crypto'

const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** `prefix` and `length` random characters of base 62. Bytes past the last whole multiple of 62 are drawn again. */
export function randomId(prefix: string, length: number): string {
  let id = prefix
  const wanted = prefix.length + length
  while (id.length < wanted) {
    for (const byte of randomBytes(wanted)) {
      if (byte < 248 && id.length < wanted) id += letters[byte % 62]
    }
  }
  return id
}
