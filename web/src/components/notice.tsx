import type { ReactNode } from 'react'
import type { Tone } from '../lib/words.ts'

const tones: Record<Exclude<Tone, 'neutral'>, string> = {
  accent: 'bg-accent-surface',
  success: 'bg-success-surface',
  warning: 'bg-warning-surface',
  danger: 'bg-danger-surface',
}

type NoticeProps = { tone: keyof typeof tones; title: string; children?: ReactNode; action?: ReactNode }

/** Something that the person should know before the rest of the page, with what to do about it. */
export const Notice = ({ tone, title, children, action }: NoticeProps) => (
  <div
    role="status"
    className={`flex flex-wrap items-center justify-between gap-x-6 gap-y-3 rounded-box p-4 ${tones[tone]}`}
  >
    <div className="min-w-0">
      <p className="font-medium">{title}</p>
      {children !== undefined && <p className="mt-1 max-w-prose">{children}</p>}
    </div>
    {action}
  </div>
)
