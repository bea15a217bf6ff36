import { locale } from '../lib/locale.ts'
import { type MeterFigures, meterPercent, meterScale, meterSentence } from '../lib/meter.ts'

type MeterProps = { title: string; figures: MeterFigures; currency: string }

/** How much of a meter is used: a bar with ticks where the account is warned, and the same in words. */
export const Meter = ({ title, figures, currency }: MeterProps) => {
  const sentence = meterSentence(figures, { currency, locale })
  return (
    <div>
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <span className="font-medium">{title}</span>
        <span className="figures text-muted">{sentence}</span>
      </div>
      {figures.included !== null && figures.included + figures.used > 0 && (
        <Bar title={title} sentence={sentence} used={figures.used} included={figures.included} />
      )}
    </div>
  )
}

type BarProps = { title: string; sentence: string; used: number; included: number }

const Bar = ({ title, sentence, used, included }: BarProps) => {
  const { within, beyond, ticks } = meterScale(used, included)
  const nearly = (meterPercent(used, included) ?? 0) >= 80
  return (
    // biome-ignore lint/a11y/useSemanticElements: the meter element cannot show the part above the limit
    <div
      role="meter"
      aria-label={title}
      aria-valuemin={0}
      aria-valuemax={Math.max(used, included, 1)}
      aria-valuenow={used}
      aria-valuetext={sentence}
      className="relative mt-2 h-2 overflow-hidden rounded-full bg-sunken"
    >
      <div className="absolute inset-y-0 left-0 flex w-full">
        <div
          className={nearly && beyond === 0 ? 'bg-warning-fill' : 'bg-accent'}
          style={{ width: `${within}%` }}
        />
        <div className="bg-warning-fill" style={{ width: `${beyond}%` }} />
      </div>
      {ticks
        .filter(({ at }) => at > 0 && at < 100)
        .map(({ percent, at }) => (
          <span
            key={percent}
            title={`${percent} % of what is included`}
            className={`absolute inset-y-0 bg-surface ${percent === 100 ? 'w-0.75' : 'w-px'}`}
            style={{ left: `${at}%` }}
          />
        ))}
    </div>
  )
}
