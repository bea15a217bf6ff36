import { invalid } from '../api/errors.ts'
import type { World } from '../world.ts'
import { counted } from './discounts.ts'
import type { Session, SessionLine } from './session.ts'

/** The most of one line that a person may choose where the session sets no maximum (docs.stripe.com/payments/checkout/adjustable-quantity). */
const usualMaximum = 99

/** Within what bounds a person may change a line's quantity; null where they may not. */
export function boundsOf({ adjustable }: SessionLine): { minimum: number; maximum: number } | null {
  if (!adjustable?.enabled) return null
  return { minimum: adjustable.minimum ?? 0, maximum: adjustable.maximum ?? usualMaximum }
}

function adjusted(line: SessionLine, quantity: number | undefined): SessionLine {
  if (quantity === undefined || quantity === line.quantity) return line
  const bounds = boundsOf(line)
  const param = `quantities[${line.id}]`
  if (!bounds) throw invalid('The quantity of this item cannot be changed.', { param })
  if (!Number.isSafeInteger(quantity) || quantity < bounds.minimum || quantity > bounds.maximum)
    throw invalid(`The quantity must be between ${bounds.minimum} and ${bounds.maximum}.`, { param })
  return { ...line, quantity }
}

/** The session with the quantities that a person chose; a line of none is gone. */
export function withQuantities(world: World, session: Session, quantities: Record<string, number>): Session {
  if (Object.keys(quantities).length === 0) return session
  const lines = session.hidden.lines
    .map((line) => adjusted(line, quantities[line.id]))
    .filter(({ quantity }) => quantity !== 0)
  if (lines.length === 0) throw invalid('At least one item must be bought.', { param: 'quantities' })
  return counted(world, { ...session, hidden: { ...session.hidden, lines } })
}
