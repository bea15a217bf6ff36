import type { Parts } from './api/parts.ts'
import type { Config } from './config.ts'
import { ensureCustomer } from './domain/accounts/ensure-customer.ts'
import { syncCustomer } from './domain/accounts/sync-customer.ts'
import { openCatalogs } from './domain/catalog/reads.ts'
import { recordEvent } from './domain/invoices/record-event.ts'
import { recordFailure } from './domain/invoices/record-failure.ts'
import { syncInvoice } from './domain/invoices/sync.ts'
import type { Happening } from './domain/notifications/notification.ts'
import { notify } from './domain/notifications/notify.ts'
import { send } from './domain/notifications/send.ts'
import { provision } from './domain/numbers/provision.ts'
import { provisionIncluded } from './domain/numbers/provision-included.ts'
import { countHeld } from './domain/numbers/reads.ts'
import { release } from './domain/numbers/release.ts'
import { releaseAll } from './domain/numbers/release-all.ts'
import { finaliseSeals } from './domain/overage/finalise.ts'
import { sealRenewal } from './domain/overage/seal-renewal.ts'
import { startCheckout } from './domain/subscriptions/start-checkout.ts'
import type { SyncSubscription } from './domain/subscriptions/sync.ts'
import { syncSubscription } from './domain/subscriptions/sync.ts'
import { syncCheckout } from './domain/subscriptions/sync-checkout.ts'
import { confirmPeriod } from './domain/usage/confirm-period.ts'
import { endPeriod } from './domain/usage/end-period.ts'
import { freezePeriod } from './domain/usage/freeze-period.ts'
import { handleInbox } from './inbox/handle.ts'
import type { Work } from './jobs/worker.ts'
import type { Database } from './lib/db.ts'
import type { Log } from './lib/log.ts'
import type { Fact } from './lib/queue.ts'
import { noMail } from './providers/email/absent.ts'
import { emailClient } from './providers/email/client.ts'
import { stripeClient, stripeSdk } from './providers/stripe/client.ts'
import type { StripePort } from './providers/stripe/port.ts'
import { stripeSignature } from './providers/stripe/signature.ts'
import { noTwilio } from './providers/twilio/absent.ts'
import { twilioClient } from './providers/twilio/client.ts'

// A sender that Twilio's own test numbers name, for accounts without a number of their own yet.
const SANDBOX_SENDER = '+15005550006'

export type Wired = ReturnType<typeof wire>

/** Puts the parts of one process together: providers, the verbs that jobs run, and what operations work with. */
export function wire({ config, db, log }: { config: Config; db: Database; log: Log }) {
  const { publicUrl } = config
  const catalogs = openCatalogs()
  if (config.stripe === null) throw new Error('there is neither a Stripe account nor a sandbox in its place')
  const sdk = stripeSdk(config.stripe)
  const stripe = stripeClient(sdk)
  const twilio = config.twilio === null ? noTwilio : twilioClient(config.twilio)
  const email = config.smtpUrl === null ? null : emailClient({ url: config.smtpUrl, from: config.mailFrom })
  const following: SyncSubscription & { stripe: StripePort } = {
    db,
    stripe,
    catalogs,
    confirmPeriod: (tx, period) => confirmPeriod({ tx, catalogs }, period),
    endPeriod: (tx, period) => endPeriod({ tx, catalogs }, period),
  }

  const verbs: Record<string, Work> = {
    'history.record': (fact: Fact) => recordEvent({ db, catalogs }, fact),
    'invoices.sync': async (fact: Fact) => {
      await syncInvoice({ db, stripe, catalogs }, String(fact.payload.stripeInvoiceId))
    },
    'overage.sealRenewal': (input: { accountId: string; stripeInvoiceId: string }) =>
      sealRenewal({ db, stripe, catalogs, freezePeriod, countNumbersHeld: countHeld }, input),
    'overage.finalise': (fact: Fact) =>
      finaliseSeals(
        { db },
        { accountId: fact.accountId, stripeInvoiceId: String(fact.payload.stripeInvoiceId) },
      ),
    'numbers.provisionIncluded': (fact: Fact) => provisionIncluded({ db, catalogs }, ofSubscription(fact)),
    'numbers.provision': async (input: { accountId: string; orderId: string }) => {
      await provision({ db, twilio, publicUrl }, input)
    },
    'numbers.release': (input: { accountId: string; numberId: string }) => release({ db, twilio }, input),
    'numbers.releaseAll': (fact: Fact) => releaseAll({ db }, ofSubscription(fact)),
    'notifications.send': (input: { accountId: string; notificationId: string }) =>
      send(
        {
          db,
          sendEmail: email?.sendEmail ?? noMail,
          twilio,
          smsFrom: config.sandboxUrl === null ? null : SANDBOX_SENDER,
          publicUrl,
        },
        input,
      ),
    'notifications.welcome': telling('welcome'),
    'notifications.receipt': telling('receipt'),
    'notifications.paymentFailed': telling('payment_failed'),
    'notifications.canceled': telling('canceled'),
    'notifications.numberProvisioned': telling('number_provisioned'),
    'notifications.numberReleased': telling('number_released'),
  }
  // What a kind of message needs to know is what its fact carries.
  function telling(kind: Happening['kind']): Work {
    return (fact: Fact) =>
      notify({ db, catalogs, publicUrl }, { accountId: fact.accountId, kind, data: fact.payload } as {
        accountId: string
      } & Happening)
  }

  const parts: Parts = {
    db,
    catalogs,
    stripe,
    twilio,
    publicUrl,
    sandboxUrl: config.sandboxUrl,
    ensureCustomer: (accountId) => ensureCustomer({ db, stripe }, accountId),
    startCheckout: (as, input) =>
      startCheckout(
        {
          db: as,
          stripe,
          catalogs,
          ensureCustomer: (accountId) => ensureCustomer({ db: as, stripe }, accountId),
        },
        input,
      ),
  }
  return {
    parts,
    verbs,
    verifyStripe: stripeSignature(sdk, config.stripe.webhookSecrets),
    handleInbox: (object: { objectKey: string; isRetry: boolean }) =>
      handleInbox(
        {
          db,
          log,
          recordFailure: (failed) => recordFailure({ db }, failed),
          sync: {
            checkout: (id) => syncCheckout(following, id),
            subscription: (id) => syncSubscription(following, id),
            invoice: (id) => syncInvoice({ db, stripe, catalogs }, id),
            customer: (id) => syncCustomer({ db, stripe }, id),
          },
        },
        object,
      ),
    close: () => email?.close(),
  }
}

function ofSubscription(fact: Fact): { accountId: string; subscriptionId: string } {
  return { accountId: fact.accountId, subscriptionId: String(fact.payload.subscriptionId) }
}
