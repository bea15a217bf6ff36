import { invalid } from '../api/errors.ts'
import { mergeMetadata, type Values } from '../api/params.ts'
import { change } from '../events/events.ts'
import { type Call, present, type World } from '../world.ts'
import { askedOf, withDiscounts } from './discounts.ts'
import { checkLines, lineOf } from './lines.ts'
import type { GivenLine, updating } from './parameters.ts'
import { checkOpen, findSession, type Session, type SessionLine } from './session.ts'

type Given = Values<typeof updating>
type ChangedLine = NonNullable<Given['line_items']>[number]

/** One line of an update: a new one, or one of the session's with what is to change of it. */
function changedLine(world: World, session: Session, given: ChangedLine, position: number): SessionLine {
  const { id, metadata, ...rest } = given
  const before = session.hidden.lines.find((line) => line.id === id)
  if (id !== undefined && !before)
    throw invalid(`No such line item: '${id}'`, {
      param: `line_items[${position}][id]`,
      code: 'resource_missing',
    })
  const base: GivenLine = before
    ? {
        ...(rest.price_data ? {} : { price: before.price }),
        ...(before.quantity === null ? {} : { quantity: before.quantity }),
      }
    : {}
  const made = lineOf(world, { ...base, ...rest }, position)
  if (!before) return { ...made, metadata: mergeMetadata({}, metadata) }
  return {
    ...made,
    id: before.id,
    metadata: mergeMetadata(before.metadata, metadata),
    adjustable: rest.adjustable_quantity ? made.adjustable : before.adjustable,
    taxRates: rest.tax_rates === undefined ? before.taxRates : made.taxRates,
  }
}

function withLines(world: World, session: Session, given: ChangedLine[]): Session {
  if (session.mode === 'setup')
    throw invalid('You can not pass `line_items` in `setup` mode.', { param: 'line_items' })
  const lines = given.map((line, position) => changedLine(world, session, line, position))
  if (lines.length === 0)
    throw invalid('A Checkout Session needs at least one line item.', { param: 'line_items' })
  checkLines(world, lines, { mode: session.mode, currency: session.currency ?? undefined })
  const next = { ...session, hidden: { ...session.hidden, lines } }
  return withDiscounts(world, next, (session.discounts ?? []).map(askedOf))
}

function withPayment(session: Session, given: NonNullable<Given['payment_intent_data']>): Session {
  if (session.mode !== 'payment')
    throw invalid(`You can not pass \`payment_intent_data\` in \`${session.mode}\` mode.`, {
      param: 'payment_intent_data',
    })
  if (given.statement_descriptor)
    throw invalid(
      'The `statement_descriptor` parameter cannot be used for card charges; use `statement_descriptor_suffix`.',
      { param: 'payment_intent_data[statement_descriptor]' },
    )
  const { payment } = session.hidden
  const next = {
    ...payment,
    ...(given.description === undefined ? {} : { description: given.description }),
    ...(given.setup_future_usage === undefined ? {} : { futureUsage: given.setup_future_usage }),
    ...(given.statement_descriptor_suffix === undefined
      ? {}
      : { descriptorSuffix: given.statement_descriptor_suffix }),
    metadata: mergeMetadata(payment.metadata, given.metadata),
  }
  return { ...session, hidden: { ...session.hidden, payment: next } }
}

/** Changes a session: its metadata whenever, what is bought and how it is paid while it is open. No event tells of it. */
export function update({ world, params, ids }: Call<Given>): object {
  const before = findSession(world, ids.id ?? '')
  if (params.line_items || params.payment_intent_data) checkOpen(before, 'updated')
  const lined = params.line_items ? withLines(world, before, params.line_items) : before
  const paid = params.payment_intent_data ? withPayment(lined, params.payment_intent_data) : lined
  const metadata = mergeMetadata(before.metadata, params.metadata)
  return present(world, change(world, before, { ...paid, metadata }, null))
}
