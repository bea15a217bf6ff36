import { invalid } from '../stripe/api/errors.ts'
import { offeredCards } from '../stripe/payments/cards.ts'
import { escapeHtml } from './layout.ts'

/** Shown at once: one that succeeds, two that decline now and later, one that asks for 3-D Secure. */
const usualCards = ['4242424242424242', '4000000000000002', '4000000000000341', '4000002500003155']

const button = ({ number, label }: { number: string; label: string }) =>
  `<button type="button" data-card="${number}">${escapeHtml(label)} <span class="soft">…${number.slice(-4)}</span></button>`

/** The fields of a card, with the test cards to choose from by one click. */
export function cardFields(given: URLSearchParams): string {
  const value = (name: string) => escapeHtml(given.get(name) ?? '')
  const offered = offeredCards()
  const usual = usualCards.flatMap((number) => offered.find((card) => card.number === number) ?? [])
  const others = offered.filter((card) => !usual.includes(card))
  return `<fieldset class="cards"><legend>Test cards: choose one, no real card is ever charged</legend>
${usual.map(button).join('\n')}
<details><summary>More test cards</summary><div class="cards">${others.map(button).join('\n')}</div></details></fieldset>
<div class="field"><label for="number">Card number</label>
<input id="number" name="number" inputmode="numeric" autocomplete="cc-number" placeholder="4242 4242 4242 4242" required value="${value('number')}"></div>
<div class="row">
<div class="field"><label for="expiry">Expiry</label>
<input id="expiry" name="expiry" inputmode="numeric" autocomplete="cc-exp" placeholder="MM / YY" required value="${value('expiry')}"></div>
<div class="field"><label for="cvc">Security code (CVC)</label>
<input id="cvc" name="cvc" inputmode="numeric" autocomplete="cc-csc" placeholder="123" required value="${value('cvc')}"></div>
</div>
<div class="field"><label for="name">Name on card</label>
<input id="name" name="name" autocomplete="cc-name" required value="${value('name')}"></div>`
}

/** Fills the fields when a test card is chosen. */
export const cardScript = `
for (const button of document.querySelectorAll('[data-card]')) button.addEventListener('click', () => {
  const set = (id, value, keep) => { const field = document.getElementById(id); if (field && !(keep && field.value)) field.value = value }
  set('number', button.dataset.card.replace(/(.{4})(?=.)/g, '$1 ')); set('expiry', '12 / 34'); set('cvc', '123')
  set('name', 'Test Person', true); document.querySelector('button.main').focus()
})`

/** The card as it was typed; refuses an expiry or code that is none, as the real page does. */
export function readCard(given: URLSearchParams): {
  card: string
  expMonth: number
  expYear: number
  name: string
} {
  const expiry = /^\s*(\d{1,2})\s*\/?\s*(\d{2}|\d{4})\s*$/.exec(given.get('expiry') ?? '')
  if (!expiry) throw invalid('The expiry must be a month and a year, as in 12 / 34.', { param: 'expiry' })
  if (!/^\d{3,4}$/.test((given.get('cvc') ?? '').trim()))
    throw invalid("Your card's security code is incomplete.", { param: 'cvc' })
  const [, month, year] = expiry
  return {
    card: given.get('number') ?? '',
    expMonth: Number(month),
    expYear: Number(year),
    name: (given.get('name') ?? '').trim(),
  }
}
