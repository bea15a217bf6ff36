import { cardFields, cardScript } from './card-fields.ts'
import { hiddenField, type Shown, task } from './portal-view.ts'

/** Replaces the card that is charged. */
export const cardView = (shown: Shown): string =>
  task(
    shown,
    'Replace your card',
    shown.configuration.features.payment_method_update.enabled
      ? `<p class="soft">It is used for your subscriptions from now on. Nothing is charged.</p>
<form method="post">${hiddenField('view', 'card')}${cardFields(shown.given)}
<button class="main" name="do" value="card">Save this card</button></form><script>${cardScript}</script>`
      : '<p class="soft">The card cannot be replaced here.</p>',
  )
