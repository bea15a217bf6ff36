import { randomBytes } from 'node:crypto'

/** A Twilio identifier: two capital letters that say what it names, and 32 hexadecimal digits. */
export function newSid(prefix: 'AC' | 'PN' | 'SM' | 'CA'): string {
  return prefix + randomBytes(16).toString('hex')
}
