import { Refusal } from './refusal.ts'

const reasons = ['ct', 'rt', '4xx', '5xx', 'all'] as const
export type Reason = (typeof reasons)[number]

/** How a webhook is repeated: at most so many times more, and after which failures. */
export type Overrides = { retries: number; after: readonly Reason[] }

/**
 * Reads Twilio's connection overrides, which stand behind the `#` of a webhook's address: `rc` is the number of
 * retries, 0 to 5, and `rp` for what, of `ct` (no connection), `rt` (no answer in time), `4xx`, `5xx` and `all`.
 * Without them there is one retry when no connection was made. Others of Twilio's are refused by their name.
 */
export function readOverrides(url: string): Overrides {
  const given = new URLSearchParams(url.split('#')[1] ?? '')
  const wrong = (what: string) =>
    new Refusal(
      20422,
      `Invalid Parameter: connection override ${what} in ${url} is not known to this sandbox.`,
    )
  for (const name of given.keys()) if (name !== 'rc' && name !== 'rp') throw wrong(name)
  const count = given.get('rc') ?? '1'
  if (!/^[0-5]$/.test(count)) throw wrong(`rc=${count}`)
  const after = (given.get('rp') ?? 'ct').split(',').map((word) => {
    const reason = reasons.find((one) => one === word)
    if (!reason) throw wrong(`rp=${word}`)
    return reason
  })
  return { retries: Number(count), after }
}
