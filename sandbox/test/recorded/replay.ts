import type { Account } from './account.ts'
import { type Asker, startAsker } from './asker.ts'
import type { Cassette, Exchange, Fields } from './cassettes.ts'
import { compare, type Pair } from './compare.ts'
import { createIds, type Ids } from './ids.ts'
import { adapted, exchangeRules, pairRules } from './rules.ts'
import { prepare } from './seeds.ts'
import { beginningOf, createChronology } from './when.ts'

/** What came of one exchange: left out by a rule, or compared. `left` are the values that a rule left out. */
export type Outcome = {
  cassette: string
  version: string
  exchange: Exchange
  leftOut?: string
  /** What the sandbox answered. */
  answer?: Fields
  left: { rule: string; pair: Pair }[]
  differences: Pair[]
}

type Playing = { asker: Asker; ids: Ids; cassette: Cassette; account: Account }

async function play(playing: Playing, exchange: Exchange): Promise<Outcome> {
  const { asker, ids, cassette } = playing
  const { name, version } = cassette
  const blank: Outcome = { cassette: name, version, exchange, left: [], differences: [] }
  const rule = exchangeRules.find(({ fits }) => fits(exchange))
  if (rule) return { ...blank, leftOut: rule.name }
  const missing = await prepare(playing, exchange)
  if (missing.length > 0) return { ...blank, leftOut: 'follows one that was left out' }
  const params = adapted(exchange.params).map(([key, value]): [string, string] => [key, ids.translate(value)])
  // What was not there by the id that it had was another account's; here it is asked for by the same, unknown, id.
  const path = exchange.status === 404 ? exchange.path : ids.translate(exchange.path)
  const { status, answer } = await asker.ask(exchange.method, path, params)
  const place = { version, object: 'answer', field: 'status' }
  if (status !== exchange.status) {
    const body = answer.error ?? null
    return {
      ...blank,
      differences: [{ ...place, recorded: exchange.status, ours: body === null ? status : body }],
    }
  }
  const outcome = { ...blank, answer }
  for (const pair of compare(exchange.answer, answer, { place: { ...place, field: '' }, ids })) {
    const excuse = pairRules.find(({ fits }) => fits(pair))
    if (excuse) outcome.left.push({ rule: excuse.name, pair })
    else outcome.differences.push(pair)
  }
  return outcome
}

/** Asks a sandbox of its own what a cassette asked the real API, in order and at the same times. */
export async function replay(
  cassette: Cassette,
  given: { account: Account; state: string },
): Promise<Outcome[]> {
  const asker = await startAsker(beginningOf(cassette))
  try {
    await asker.load(given.state)
    const playing = { asker, ids: createIds(), cassette, account: given.account }
    for (const id of [...given.account.products.keys(), ...given.account.prices.map(({ id }) => String(id))])
      playing.ids.pair(id, id)
    const momentOf = createChronology()
    const outcomes: Outcome[] = []
    for (const exchange of cassette.exchanges) {
      const at = momentOf(exchange)
      if (at !== undefined) await asker.moveTo(at)
      outcomes.push(await play(playing, exchange))
    }
    return outcomes
  } finally {
    await asker.close()
  }
}
