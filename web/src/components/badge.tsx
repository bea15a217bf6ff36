import type { Tone, Word } from '../lib/words.ts'

const tones: Record<Tone, string> = {
  neutral: 'bg-sunken text-muted',
  accent: 'bg-accent-surface text-accent-ink',
  success: 'bg-success-surface text-success',
  warning: 'bg-warning-surface text-warning',
  danger: 'bg-danger-surface text-danger',
}

/** A state: colour and word together, never colour alone. */
export const Badge = ({ word }: { word: Word }) => (
  <span
    className={`inline-flex items-center rounded-full px-2 py-px text-small font-medium whitespace-nowrap ${tones[word.tone]}`}
  >
    {word.text}
  </span>
)
