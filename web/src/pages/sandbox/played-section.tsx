import { Section } from '../../components/section.tsx'
import { When } from '../../components/when.tsx'
import { locale } from '../../lib/locale.ts'
import { countOf } from '../../lib/meter.ts'
import type { Advanced } from '../../lib/sandbox.ts'
import { playedText } from '../../lib/words.ts'

const deliveryText = ({ succeeded, failed, pending }: Advanced['deliveries']): string => {
  const parts = [`${countOf(succeeded, 'webhook', locale)} answered`]
  if (failed > 0) parts.push(`${failed} given up`)
  if (pending > 0) parts.push(`${pending} still to come`)
  return parts.join(', ')
}

/** What happened while the clock moved, in order. */
export const PlayedSection = ({ advanced }: { advanced: Advanced }) => (
  <Section
    title="What happened on the way"
    aside={<span className="text-muted">{deliveryText(advanced.deliveries)}</span>}
  >
    {advanced.problems?.map((problem) => (
      <p key={problem} className="mb-3 text-warning">
        {problem}
      </p>
    ))}
    {advanced.played.length === 0 ? (
      <p className="text-muted">Nothing fell due in that time.</p>
    ) : (
      <ol className="divide-y divide-line">
        {advanced.played.map((played, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a record of the past: nothing moves, and the same thing may happen twice
          <li key={place} className="flex flex-wrap items-baseline gap-x-4 py-2 first:pt-0 last:pb-0">
            <span className="w-32 shrink-0 text-muted">
              <When at={played.at} as="moment" />
            </span>
            <span className="min-w-0 flex-1">{playedText(played.what)}</span>
            <code className="min-w-0 font-mono text-small break-all text-muted">{played.object}</code>
          </li>
        ))}
      </ol>
    )}
  </Section>
)
