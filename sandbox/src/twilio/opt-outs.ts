import type { Store } from '../store.ts'

type Pair = { number: string; person: string }

const kind = 'twilio.opt-out'
const idOf = ({ number, person }: Pair) => `${number} ${person}`

const leaves = ['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT']
const returns = ['START', 'YES', 'UNSTOP']

/** Whether this person told this number to stop. */
export const hasOptedOut = (store: Store, pair: Pair): boolean => store.get(kind, idOf(pair)) !== undefined

/** Heeds the keywords that Twilio heeds by default: the word alone, in any case, for the number it was sent to. */
export function noteOptOut(store: Store, pair: Pair, body: string): void {
  const word = body.trim().toUpperCase()
  if (leaves.includes(word)) store.put(kind, { id: idOf(pair) })
  else if (returns.includes(word)) store.remove(kind, idOf(pair))
}
