import { Refusal } from './refusal.ts'

const keypad = ['ABC', 'DEF', 'GHI', 'JKL', 'MNO', 'PQRS', 'TUV', 'WXYZ']

/** The digit on which a letter stands on a telephone's keypad. */
function digitOf(character: string): string {
  const key = keypad.findIndex((letters) => letters.includes(character.toUpperCase()))
  return key < 0 ? character : String(key + 2)
}

/**
 * Reads the `Contains` of a search, by Twilio's published rules: 2 to 16 characters; digits, and letters for the
 * digits of the keypad; `*` for one digit and `%` for any, only at either end and beside two or more others;
 * `+` first to begin with the pattern, `$` last to end with it. Answers a test for numbers in E.164.
 */
export function readContains(pattern: string): (phoneNumber: string) => boolean {
  const wrong = (why: string) => new Refusal(20422, `Invalid Parameter: Contains "${pattern}" ${why}.`)
  if (pattern.length < 2 || pattern.length > 16) throw wrong('must be 2 to 16 characters long')
  const parts = /^(\+?)([*%]*)([0-9A-Za-z]+)([*%]*)(\$?)$/.exec(pattern)
  if (!parts)
    throw wrong(
      'may hold digits and letters, with the meta-characters * and % around them, + first and $ last',
    )
  const [, begin = '', before = '', core = '', after = '', end = ''] = parts
  if ((before || after) && core.length < 2)
    throw wrong('needs two or more digits or letters beside its wildcards')
  if ((begin && before) || (end && after)) throw wrong('has meta-characters beside each other')
  const wild = (marks: string) => marks.replaceAll('*', '\\d').replaceAll('%', '\\d*')
  const middle = wild(before) + [...core].map(digitOf).join('') + wild(after)
  const expression = new RegExp((begin ? '^\\+' : '') + middle + (end ? '$' : ''))
  return (phoneNumber) => expression.test(phoneNumber)
}
