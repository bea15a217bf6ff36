import { randomBytes } from 'node:crypto'

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** What the prefix of an id stands for. */
export type IdPrefix =
  | 'acc'
  | 'cust'
  | 'sub'
  | 'chk'
  | 'per'
  | 'pay'
  | 'seal'
  | 'num'
  | 'ord'
  | 'ntf'
  | 'key'
  | 'evt'

/** A new id of ours, `prefix_` and 22 random characters (130 bits): minted before anything is asked of a provider. */
export function newId(prefix: IdPrefix): string {
  return `${prefix}_${randomText(22)}`
}

/** Random letters and digits from the system's secure source. */
export function randomText(length: number): string {
  let text = ''
  while (text.length < length) {
    // 248 is the largest multiple of 62 below 256: bytes above it would favour the first letters.
    for (const byte of randomBytes(length * 2)) {
      if (byte < 248 && text.length < length) text += ALPHABET[byte % 62]
    }
  }
  return text
}
