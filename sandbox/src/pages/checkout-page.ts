import type { Reply } from '../server.ts'
import { StripeError } from '../stripe/api/errors.ts'
import { withQuantities } from '../stripe/checkout/adjust.ts'
import { applyCode } from '../stripe/checkout/discounts.ts'
import { needsCard, paySession, successAddress } from '../stripe/checkout/pay.ts'
import type { Entered } from '../stripe/checkout/person.ts'
import { recoverSession } from '../stripe/checkout/recover.ts'
import { findSession, type Session } from '../stripe/checkout/session.ts'
import type { World } from '../stripe/world.ts'
import { cardScript, readCard } from './card-fields.ts'
import { form } from './checkout-form.ts'
import { sessionAmount, summary } from './checkout-summary.ts'
import { challenge, notice, page, redirect } from './layout.ts'

/** Enter in a field presses the form's first button, which must not be the one that changes a quantity or applies a code. */
const enterPays = '<button form="checkout" class="hidden" tabindex="-1" aria-hidden="true">Pay</button>\n'

/** In a field that has a button of its own, Enter presses that one. */
const enterScript = `
for (const field of document.querySelectorAll('[data-enter]')) field.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter') return
  event.preventDefault(); field.parentElement.parentElement.querySelector('[name=apply]').click()
})`

const show = (world: World, session: Session, given = new URLSearchParams(), error?: string): Reply =>
  page({
    title: 'Checkout',
    columns: 'two',
    body: enterPays + summary(world, session) + form(world, session, given, error),
    script: cardScript + enterScript,
  })

type Waiting = { id: string; entered: Entered }

const asked = (session: Session): Reply =>
  challenge(
    session.mode === 'setup'
      ? 'this card'
      : `this payment of ${sessionAmount(session, session.amount_total)}`,
  )

/** What was typed into fields whose names share a beginning: `quantity[li_1]`, `field[size]`. */
function group(given: URLSearchParams, name: string): Record<string, string> {
  const found = [...given].flatMap(([key, value]): [string, string][] => {
    const inner = new RegExp(`^${name}\\[(.+)\\]$`).exec(key)?.[1]
    return inner === undefined ? [] : [[inner, value]]
  })
  return Object.fromEntries(found)
}

const quantitiesOf = (given: URLSearchParams): Record<string, number> =>
  Object.fromEntries(
    Object.entries(group(given, 'quantity')).map(([id, value]) => [id, Number(value || NaN)]),
  )

/** The saved card whose button was pressed, or the one that was typed. */
function cardOf(session: Session, given: URLSearchParams): Partial<Entered> {
  const saved = given.get('saved')
  if (saved) return { savedCard: saved }
  return needsCard(session) ? readCard(given) : {}
}

function enteredOf(session: Session, given: URLSearchParams): Entered {
  const texts = {
    businessName: given.get('business_name'),
    email: given.get('email'),
    individualName: given.get('individual_name'),
    phone: given.get('phone'),
    promotionCode: given.get('code'),
  }
  const typed = Object.entries(texts).flatMap(([name, value]) =>
    value?.trim() ? [[name, value.trim()]] : [],
  )
  const country = given.get('country')
  const taxId = given.get('tax_id')?.trim()
  return {
    ...cardOf(session, given),
    ...Object.fromEntries(typed),
    ...(country ? { address: { country, postal_code: given.get('postal_code') ?? '' } } : {}),
    acceptsTerms: given.get('terms') !== null,
    fields: group(given, 'field'),
    quantities: quantitiesOf(given),
    savesCard: given.get('save') !== null,
    ...(taxId ? { taxId: { type: given.get('tax_type') ?? '', value: taxId } } : {}),
    wantsPromotions: given.get('promotions') !== null,
  }
}

/** The code or the quantities alone: the page is shown again with what they change. */
function apply(world: World, session: Session, given: URLSearchParams): Reply {
  const adjusted = world.store.put('checkout.session', withQuantities(world, session, quantitiesOf(given)))
  const code = given.get('code')?.trim() ?? ''
  return show(world, given.get('apply') === 'quantity' ? adjusted : applyCode(world, adjusted, code), given)
}

function pay(world: World, session: Session, given: URLSearchParams): Reply {
  const { store } = world
  const answered = given.get('authenticated')
  const waiting = store.get<Waiting>('checkout waiting', session.id)
  try {
    if (given.get('apply') !== null) return apply(world, session, given)
    const entered =
      answered && waiting
        ? { ...waiting.entered, authenticated: answered === 'yes' }
        : enteredOf(session, given)
    const paid = paySession(world, session.id, entered)
    if (paid.status === 'requires_action') {
      // What was entered waits with the session until the person has answered the bank.
      store.rollback()
      store.put<Waiting>('checkout waiting', { id: session.id, entered })
      return asked(session)
    }
    store.remove('checkout waiting', session.id)
    return redirect(successAddress(paid.session))
  } catch (error) {
    if (!(error instanceof StripeError)) throw error
    store.rollback()
    return show(world, session, given, error.message)
  }
}

function expired(session: Session): Reply {
  const recovery = session.after_expiration?.recovery?.url
  const to = recovery ?? session.cancel_url
  return notice(
    'This checkout has expired',
    'Nothing was charged. Go back and start again.',
    to ? { to, text: recovery ? 'Start again' : 'Go back' } : undefined,
  )
}

/** The Checkout page: GET shows it, POST does what `/_sandbox/checkout/:id/pay` does. */
export function checkoutPage(world: World, id: string, given: URLSearchParams | null): Reply {
  const session = findSession(world, id)
  if (session.status === 'expired') return expired(session)
  if (session.status === 'complete') {
    return notice('You are all set', 'This checkout was completed already.', {
      to: successAddress(session),
      text: 'Continue',
    })
  }
  return given ? pay(world, session, given) : show(world, session)
}

/** The address by which an expired session is recovered: it makes a copy and leads there. */
export function recoveryPage(world: World, id: string): Reply {
  const { url } = recoverSession(world, id)
  return redirect(url ?? '/')
}
