import { invalid, StripeError } from '../stripe/api/errors.ts'
import { findPrice, priceAmount } from '../stripe/catalog/prices.ts'
import { findProduct } from '../stripe/catalog/products.ts'
import { activeCode } from '../stripe/catalog/promotion-codes.ts'
import type { Asked } from '../stripe/discounts/redeem.ts'
import { writtenAmount } from '../stripe/money/money.ts'
import {
  type Choice,
  changeableItem,
  choicesFor,
  type PlanChange,
  type Preview,
  previewChange,
  quantityBounds,
} from '../stripe/portal/change-plan.ts'
import type { Subscription } from '../stripe/subscriptions/subscription.ts'
import type { World } from '../stripe/world.ts'
import { every } from './checkout-summary.ts'
import { escapeHtml, writtenDate } from './layout.ts'
import { address, hiddenField, type Shown, task } from './portal-view.ts'

const unavailable = '<p class="soft">The plan of this subscription cannot be changed here.</p>'

/** The price of a quantity, and how often it is due. */
function writtenPrice(world: World, id: string, quantity: number): { amount: string; often: string } {
  const price = findPrice(world, id)
  const amount = writtenAmount(priceAmount(price, quantity), price.currency)
  return { amount, often: price.recurring ? every(price.recurring) : '' }
}

function choice(world: World, { price, isCurrent }: Choice, chosen: string): string {
  const name = findProduct(world, price.product).name
  const { amount, often } = writtenPrice(world, price.id, 1)
  const nickname = price.nickname ? ` · ${price.nickname}` : ''
  return `<li class="choice"><input type="radio" id="${price.id}" name="price" value="${price.id}"${price.id === chosen ? ' checked' : ''}>
<label for="${price.id}"><span>${escapeHtml(name + nickname)}${isCurrent ? ' <small class="soft">(now)</small>' : ''}</span>
<span class="soft">${escapeHtml(`${amount} ${often}`)}</span></label></li>`
}

/** The plans that can be chosen, with the quantity and a promotion code where the configuration allows them. */
export function plansView(shown: Shown): string {
  const { world, session, configuration, subscription, given } = shown
  const item = subscription && changeableItem(world, subscription)
  const choices = subscription ? choicesFor(world, configuration, subscription) : []
  if (!subscription || !item || choices.length === 0) return task(shown, 'Change plan', unavailable)
  const bounds = choices.map((one) => quantityBounds(configuration, one)).find((one) => one !== null)
  const quantity = bounds
    ? `<div class="field"><label for="quantity">Quantity</label>
<input id="quantity" name="quantity" type="number" inputmode="numeric" required min="${bounds.minimum}"${bounds.maximum === null ? '' : ` max="${bounds.maximum}"`} value="${escapeHtml(given.get('quantity') ?? String(item.quantity ?? 1))}"></div>`
    : ''
  const codes = configuration.features.subscription_update.default_allowed_updates.includes('promotion_code')
    ? `<div class="field"><label for="code">Promotion code (optional)</label>
<input id="code" name="code" autocomplete="off" value="${escapeHtml(given.get('code') ?? '')}"></div>`
    : ''
  return task(
    shown,
    'Change plan',
    `<form method="get" action="${address(session)}">${hiddenField('view', 'confirm')}${hiddenField('subscription', subscription.id)}
<fieldset><legend>Choose a plan</legend><ul class="lines">${choices.map((one) => choice(world, one, given.get('price') ?? item.price)).join('\n')}</ul></fieldset>
${quantity}${codes}<button class="main">Continue</button></form>`,
  )
}

function codeOf(world: World, subscription: Subscription, typed: string): Asked[] {
  if (!typed) return []
  const code = activeCode(world, typed, subscription.customer)
  if (!code) throw invalid('This promotion code is invalid.', { param: 'promotionCode' })
  return [{ promotion_code: code.id }]
}

/** What a form or the session's flow asks the plan to become. */
export function askedChange({ world, session, configuration, subscription, given }: Shown): {
  change: PlanChange
  discounts: Asked[]
} {
  const item = subscription && changeableItem(world, subscription)
  if (!subscription || !item) throw invalid('The plan of this subscription cannot be changed here.')
  const flow = session.flow?.subscription_update_confirm
  const [wanted] = flow?.items ?? []
  const now = { price: item.price, quantity: item.quantity ?? 1 }
  if (flow && wanted)
    return {
      change: { price: wanted.price ?? now.price, quantity: wanted.quantity ?? now.quantity },
      discounts: (flow.discounts ?? []).map(({ coupon, promotion_code: code }) => ({
        ...(coupon === null ? {} : { coupon }),
        ...(code === null ? {} : { promotion_code: code }),
      })),
    }
  const allowsCodes =
    configuration.features.subscription_update.default_allowed_updates.includes('promotion_code')
  const quantity = given.get('quantity')
  return {
    change: {
      price: given.get('price') ?? now.price,
      quantity: quantity === null ? now.quantity : Number(quantity || Number.NaN),
    },
    discounts: allowsCodes ? codeOf(world, subscription, given.get('code')?.trim() ?? '') : [],
  }
}

function invoiceLines({ invoice }: Preview): string {
  const rows = invoice.lines.data.map(
    ({ amount, description }) =>
      `<li><span>${escapeHtml(description ?? '')}</span><span>${escapeHtml(writtenAmount(amount, invoice.currency))}</span></li>`,
  )
  return rows.join('\n')
}

function previewed(preview: Preview, plan: { amount: string; often: string }): string {
  const { invoice, isNow, from, waits } = preview
  const due = writtenAmount(isNow ? invoice.amount_due : invoice.total, invoice.currency)
  const start = waits ? `Your plan changes on ${writtenDate(from)}.` : 'Your plan changes now.'
  return `<p class="amount">${escapeHtml(plan.amount)} <small>${escapeHtml(plan.often)}</small></p><p class="soft">${escapeHtml(start)}</p>
<ul class="lines">${invoiceLines(preview)}
<li class="total"><span>${isNow ? 'Due today' : 'On your next invoice'}</span><span>${escapeHtml(due)}</span></li></ul>`
}

function keptFields({ given }: Shown): string {
  return ['subscription', 'price', 'quantity', 'code']
    .flatMap((name) => (given.has(name) ? [hiddenField(name, given.get(name) ?? '')] : []))
    .join('')
}

/** Shows what the change costs, line by line, before it is made. */
export function confirmView(shown: Shown): string {
  const { world, session, configuration, subscription } = shown
  if (!subscription) return task(shown, 'Change plan', unavailable)
  try {
    const asked = askedChange(shown)
    const preview = previewChange(world, configuration, subscription.id, asked)
    const { name } = findProduct(world, findPrice(world, asked.change.price).product)
    const many = asked.change.quantity === 1 ? name : `${asked.change.quantity} × ${name}`
    const other = session.flow?.subscription_update_confirm
      ? ''
      : `<p><a href="${address(session, 'plans', { subscription: subscription.id })}">Choose another plan</a></p>`
    return task(
      shown,
      `Change to ${many}`,
      `${previewed(preview, writtenPrice(world, asked.change.price, asked.change.quantity))}
<form method="post" class="spaced">${hiddenField('view', 'confirm')}${keptFields(shown)}<button class="main" name="do" value="change">Confirm</button></form>${other}`,
    )
  } catch (error) {
    if (!(error instanceof StripeError)) throw error
    return session.flow?.subscription_update_confirm
      ? task({ ...shown, error: shown.error ?? error.message }, 'Change plan', '')
      : plansView({ ...shown, error: shown.error ?? error.message })
  }
}
