import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { Answer } from '../../components/answer.tsx'
import { Button, LinkButton } from '../../components/button.tsx'
import { Failure } from '../../components/failure.tsx'
import { SignedOut } from '../../components/signed-out.tsx'
import { type Step, Steps } from '../../components/steps.tsx'
import { formatPhone } from '../../lib/phone.ts'
import { meQuery, numbersQuery, plansQuery, subscriptionQuery } from '../../lib/queries.ts'

const askEveryMs = 1_000
const patienceMs = 60_000

/** Back from a paid checkout: waits until Stripe's message has arrived and the plan is in force. */
export const SuccessPage = () => {
  const { data: me } = useQuery(meQuery)
  if (me && me.account === null) {
    return (
      <div className="space-y-6">
        <Answer page="Checkout" answer="Thank you. You are signed out">
          Your payment is safe with Stripe; sign in again to see your plan.
        </Answer>
        <SignedOut title="Sign in to see your plan" />
      </div>
    )
  }
  return <Waiting />
}

const Waiting = () => {
  const [patient, setPatient] = useState(true)
  const { billing, active, numbers, wanted } = useArrival(patient)
  const settled = active && (!wanted || numbers.length > 0)
  useEffect(() => {
    if (settled || !patient) return
    const timer = setTimeout(() => setPatient(false), patienceMs)
    return () => clearTimeout(timer)
  }, [settled, patient])

  const steps: Step[] = [
    { title: 'Checkout finished', state: 'done' },
    { title: active ? 'Your plan is active' : 'Stripe confirms your plan', state: active ? 'done' : 'now' },
  ]
  if (wanted) {
    const number = numbers[0]
    steps.push({
      title: number
        ? `Your number is ${formatPhone(number.phoneNumber)}`
        : 'Your phone number is being set up',
      state: number ? 'done' : active ? 'now' : 'next',
    })
  }
  return (
    <div className="space-y-6">
      <Answer page="Checkout" answer={active ? 'Your plan is active' : 'Thank you. One moment'}>
        {active
          ? 'You can use everything that it includes.'
          : 'This takes a few seconds. You may also leave this page; nothing is lost.'}
      </Answer>
      {billing.error && !billing.data ? (
        <Failure
          error={billing.error}
          what="Your plan could not be looked up."
          onRetry={() => void billing.refetch()}
        />
      ) : (
        <Steps label="Progress" steps={steps} />
      )}
      {!settled && !patient && <Late active={active} onAgain={() => setPatient(true)} />}
      <LinkButton to="/dashboard/billing" look={active ? 'primary' : 'secondary'}>
        Go to billing
      </LinkButton>
    </div>
  )
}

// Asks every second while there is something to wait for.
const useArrival = (patient: boolean) => {
  const client = useQueryClient()
  const { data: catalog } = useQuery(plansQuery)
  const billing = useQuery({
    ...subscriptionQuery,
    refetchInterval: ({ state }) =>
      patient && !isActive(state.data?.subscription?.status) ? askEveryMs : false,
  })
  const subscription = billing.data?.subscription
  const active = isActive(subscription?.status)
  const plan = catalog?.plans.find((each) => each.slug === subscription?.plan)
  const wanted = (plan?.numbers?.provisioned ?? 0) > 0
  const { data: numbers } = useQuery({
    ...numbersQuery,
    enabled: active && wanted,
    refetchInterval: ({ state }) => (patient && !state.data?.data.some(isHere) ? askEveryMs : false),
  })
  // What was read before the checkout is old now.
  useEffect(() => {
    if (active) void client.invalidateQueries({ queryKey: ['plans'] })
  }, [active, client])
  return { billing, active, wanted, numbers: (numbers?.data ?? []).filter(isHere) }
}

const isActive = (status: string | undefined) => status === 'active' || status === 'trialing'
const isHere = ({ status }: { status: string }) => status === 'active'

const Late = ({ active, onAgain }: { active: boolean; onAgain: () => void }) => (
  <div className="max-w-prose space-y-3">
    <p>
      {active
        ? 'The number takes longer than usual. It arrives by itself and you get a mail with it.'
        : 'Stripe takes longer than usual. Your payment is safe, and the plan starts by itself; nothing has to be done again.'}
    </p>
    <Button onClick={onAgain}>Look again</Button>
  </div>
)
