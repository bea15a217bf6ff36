import { ToggleGroup } from 'radix-ui'
import type { Interval } from 'tollgate-client'

const choices: { value: Interval; text: string }[] = [
  { value: 'month', text: 'Monthly' },
  { value: 'year', text: 'Yearly' },
]

type IntervalSwitchProps = { value: Interval; onChange: (interval: Interval) => void }

export const IntervalSwitch = ({ value, onChange }: IntervalSwitchProps) => (
  <ToggleGroup.Root
    type="single"
    aria-label="Billed"
    value={value}
    onValueChange={(next) => next !== '' && onChange(next as Interval)}
    className="inline-flex rounded-box bg-sunken p-0.5"
  >
    {choices.map((choice) => (
      <ToggleGroup.Item
        key={choice.value}
        value={choice.value}
        className="min-h-9 rounded-md px-4 font-medium text-muted data-[state=on]:bg-surface data-[state=on]:text-ink"
      >
        {choice.text}
      </ToggleGroup.Item>
    ))}
  </ToggleGroup.Root>
)
