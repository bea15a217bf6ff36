import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useId, useState } from 'react'
import { Button } from '../../components/button.tsx'
import { Failure } from '../../components/failure.tsx'
import { Section } from '../../components/section.tsx'
import { toast } from '../../components/toast.tsx'
import { useNow } from '../../lib/now.ts'
import { type Advanced, advanceClock, type Step } from '../../lib/sandbox.ts'

const steps: { text: string; step: Step }[] = [
  { text: '+1 hour', step: { seconds: 3_600 } },
  { text: '+1 day', step: { days: 1 } },
  { text: '+1 week', step: { days: 7 } },
  { text: '+1 month', step: { months: 1 } },
]

/** Moves the clock by a step or to a day. */
export const ClockSection = ({ onAdvanced }: { onAdvanced: (advanced: Advanced) => void }) => {
  const client = useQueryClient()
  const move = useMutation({
    mutationFn: ({ step }: { text: string; step: Step }) => advanceClock(step),
    onSuccess: async (advanced) => {
      onAdvanced(advanced)
      // Everything that bills go by may have changed.
      await client.invalidateQueries()
      const count = advanced.played.length
      toast(
        count === 1
          ? 'The clock was moved; 1 thing happened.'
          : `The clock was moved; ${count} things happened.`,
      )
    },
  })
  return (
    <Section title="Move the clock forward">
      <div className="grid grid-cols-2 gap-3 sm:flex sm:flex-wrap">
        {steps.map((choice) => (
          <Button
            key={choice.text}
            busy={move.isPending && move.variables.text === choice.text}
            disabled={move.isPending && move.variables.text !== choice.text}
            onClick={() => move.mutate(choice)}
          >
            <span className="sr-only">Move the clock by </span>
            {choice.text}
          </Button>
        ))}
      </div>
      <ToDay
        busy={move.isPending && move.variables.text === 'day'}
        disabled={move.isPending}
        onMove={(to) => move.mutate({ text: 'day', step: { to } })}
      />
      <p role="status" className="text-small text-muted not-empty:mt-3">
        {move.isPending ? 'Playing what falls due. A month takes some seconds.' : ''}
      </p>
      {move.error && <Failure error={move.error} what="The clock could not be moved." />}
    </Section>
  )
}

type ToDayProps = { busy: boolean; disabled: boolean; onMove: (to: string) => void }

const dayAfter = (now: Date): string => new Date(now.getTime() + 86_400_000).toISOString().slice(0, 10)

const ToDay = ({ busy, disabled, onMove }: ToDayProps) => {
  const id = useId()
  const earliest = dayAfter(useNow())
  const [day, setDay] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!disabled) onMove(new Date(`${day}T00:00:00Z`).toISOString())
  }
  return (
    <form onSubmit={submit} className="mt-4 flex flex-wrap items-end gap-3">
      <div>
        <label htmlFor={id} className="mb-1 block text-small text-muted">
          Or to the start of a day (UTC)
        </label>
        <input
          id={id}
          type="date"
          required
          min={earliest}
          value={day}
          onChange={(event) => setDay(event.target.value)}
          className="figures min-h-10 rounded-box border border-line-strong bg-surface px-3"
        />
      </div>
      <Button type="submit" busy={busy} disabled={disabled && !busy}>
        Move to this day
      </Button>
    </form>
  )
}
