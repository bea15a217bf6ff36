import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useId, useState } from 'react'
import { Button } from '../../components/button.tsx'
import { Failure } from '../../components/failure.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { Section } from '../../components/section.tsx'
import { SignedOut } from '../../components/signed-out.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import { toast } from '../../components/toast.tsx'
import { api } from '../../lib/api.ts'
import { locale } from '../../lib/locale.ts'
import { countOf, type MeterNames, meterTitle, meterUnit } from '../../lib/meter.ts'
import { meQuery, plansQuery, usageQuery } from '../../lib/queries.ts'

type Use = { meter: string; quantity: string }

// What one thing of each kind amounts to; meters of other catalogs are recorded one by one.
const usual: Record<string, { quantity: string; text: string }> = {
  voice_minutes: { quantity: '10', text: '10-minute call' },
  sms_messages: { quantity: '5', text: '5 SMS' },
  email_count: { quantity: '10', text: '10 emails' },
}

/** Records use for whoever is signed in, as the host app would. */
export const UseSection = () => {
  const me = useQuery(meQuery)
  return (
    <Section title="Record use">
      <Loaded
        query={me}
        failure="Your account could not be loaded."
        skeleton={<Skeleton className="h-24 w-full" />}
      >
        {({ account }) =>
          account === null ? (
            <SignedOut title="Use is recorded for an account" />
          ) : (
            <Recorder name={account.name} />
          )
        }
      </Loaded>
    </Section>
  )
}

const eventId = () => `sandbox-${Array.from(crypto.getRandomValues(new Uint32Array(3)), String).join('-')}`

const Recorder = ({ name }: { name: string }) => {
  const client = useQueryClient()
  const usage = useQuery(usageQuery)
  const { data: catalog } = useQuery(plansQuery)
  const names = catalog?.meters
  const record = useMutation({
    mutationFn: (use: Use) => api.usage.track({ id: eventId(), ...use }),
    onSuccess: async (_tracked, { meter, quantity }) => {
      toast(`Recorded ${countOf(Number(quantity), meterUnit(meter, names), locale)}.`)
      await client.invalidateQueries({ queryKey: ['billing'] })
    },
  })
  return (
    <Loaded
      query={usage}
      failure="The meters could not be loaded."
      skeleton={<Skeleton className="h-24 w-full" />}
    >
      {({ usage: counts }) => {
        const meters = Object.keys(counts)
        return (
          <div className="space-y-4">
            <div className="flex flex-wrap gap-3">
              {meters.map((meter) => {
                const { quantity, text } = usual[meter] ?? {
                  quantity: '1',
                  text: `1 ${meterUnit(meter, names)}`,
                }
                return (
                  <Button
                    key={meter}
                    busy={record.isPending && record.variables.meter === meter}
                    onClick={() => record.mutate({ meter, quantity })}
                  >
                    {text}
                  </Button>
                )
              })}
            </div>
            <OtherQuantity meters={meters} names={names} busy={record.isPending} onRecord={record.mutate} />
            <p className="text-small text-muted">
              For {name}, in this period:{' '}
              {meters.map((meter) => countOf(counts[meter] ?? 0, meterUnit(meter, names), locale)).join(', ')}
            </p>
            {record.error && <Failure error={record.error} what="It was not recorded." />}
          </div>
        )
      }}
    </Loaded>
  )
}

type OtherQuantityProps = { meters: string[]; names: MeterNames; busy: boolean; onRecord: (use: Use) => void }

const field = 'min-h-10 rounded-box border border-line-strong bg-surface px-3'

const OtherQuantity = ({ meters, names, busy, onRecord }: OtherQuantityProps) => {
  const id = useId()
  const [chosen, setChosen] = useState<string | null>(null)
  const [quantity, setQuantity] = useState('150')
  const meter = chosen ?? meters[0]
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (meter !== undefined && !busy) onRecord({ meter, quantity })
  }
  return (
    <form onSubmit={submit} className="flex flex-wrap items-end gap-3">
      <div>
        <label htmlFor={`${id}-quantity`} className="mb-1 block text-small text-muted">
          Or as much as
        </label>
        <input
          id={`${id}-quantity`}
          type="number"
          min="1"
          max="1000000"
          required
          value={quantity}
          onChange={(event) => setQuantity(event.target.value)}
          className={`figures w-28 ${field}`}
        />
      </div>
      <div>
        <label htmlFor={`${id}-meter`} className="mb-1 block text-small text-muted">
          of
        </label>
        <select
          id={`${id}-meter`}
          value={meter}
          onChange={(event) => setChosen(event.target.value)}
          className={field}
        >
          {meters.map((each) => (
            <option key={each} value={each}>
              {meterTitle(each, names)}
            </option>
          ))}
        </select>
      </div>
      <Button type="submit" busy={busy}>
        Record
      </Button>
    </form>
  )
}
