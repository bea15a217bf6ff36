import type { Reason } from '../stripe/portal/features.ts'
import { itemsOf, nextTurn } from '../stripe/subscriptions/subscription.ts'
import { escapeHtml, writtenDate } from './layout.ts'
import { hiddenField, namesOf, type Shown, task } from './portal-view.ts'

const reasonTexts: Record<Reason, string> = {
  too_expensive: 'It is too expensive',
  missing_features: 'I need more features',
  switched_service: 'I found an alternative',
  unused: 'I do not use it',
  customer_service: 'Customer service was less than expected',
  too_complex: 'It is too complex',
  low_quality: 'Quality was less than expected',
  other: 'Other',
}

function reasonFields({ configuration, given }: Shown): string {
  const { enabled, options } = configuration.features.subscription_cancel.cancellation_reason
  if (!enabled) return ''
  const choices = options.map(
    (value) =>
      `<option value="${value}"${given.get('feedback') === value ? ' selected' : ''}>${escapeHtml(reasonTexts[value])}</option>`,
  )
  return `<div class="field"><label for="feedback">Why do you want to cancel?</label>
<select id="feedback" name="feedback"><option value="">I would rather not say</option>${choices.join('')}</select></div>
<div class="field"><label for="comment">Anything else? (optional)</label>
<textarea id="comment" name="comment" rows="3">${escapeHtml(given.get('comment') ?? '')}</textarea></div>`
}

/** Cancels a subscription, with the reason where the configuration asks for one. */
export function cancelView(shown: Shown): string {
  const { world, configuration, subscription } = shown
  const { enabled, mode, proration_behavior: proration } = configuration.features.subscription_cancel
  if (!enabled || !subscription)
    return task(shown, 'Cancel', '<p class="soft">Subscriptions cannot be cancelled here.</p>')
  const end = writtenDate(nextTurn(itemsOf(world, subscription.id)).end)
  const back = proration === 'create_prorations' ? ' What is left of the paid time is credited.' : ''
  const text =
    mode === 'at_period_end'
      ? `Your subscription stays as it is until ${end} and is not renewed.`
      : `Your subscription ends now.${back}`
  const button = mode === 'at_period_end' ? `Cancel on ${end}` : 'Cancel now'
  return task(
    shown,
    `Cancel ${namesOf(world, subscription)}`,
    `<p class="soft">${escapeHtml(text)}</p>
<form method="post">${hiddenField('view', 'cancel')}${hiddenField('subscription', subscription.id)}
${reasonFields(shown)}
<button class="main" name="do" value="cancel">${escapeHtml(button)}</button></form>`,
  )
}
