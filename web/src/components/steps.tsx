import { Icon } from './icon.tsx'

export type Step = { title: string; state: 'done' | 'now' | 'next' }

const said: Record<Step['state'], string> = { done: 'Done', now: 'Under way', next: 'To come' }

const Mark = ({ state }: { state: Step['state'] }) => {
  if (state === 'done') {
    return (
      <span className="grid size-6 place-items-center rounded-full bg-success-surface text-success">
        <Icon name="check" className="size-4" />
      </span>
    )
  }
  return (
    <span className="grid size-6 place-items-center rounded-full bg-sunken">
      <span
        className={`size-2 rounded-full ${state === 'now' ? 'animate-pulse bg-accent motion-reduce:animate-none' : 'bg-line-strong'}`}
      />
    </span>
  )
}

/** How far something has come that takes several steps. */
export const Steps = ({ label, steps }: { label: string; steps: Step[] }) => (
  <ol aria-label={label} aria-live="polite" className="space-y-3">
    {steps.map(({ title, state }) => (
      <li key={title} className={`flex items-center gap-3 ${state === 'next' ? 'text-muted' : ''}`}>
        <Mark state={state} />
        {title}
        <span className="sr-only">: {said[state]}</span>
      </li>
    ))}
  </ol>
)
