import { locale } from '../lib/locale.ts'
import { useNow } from '../lib/now.ts'
import { formatDay, formatInstant, formatMoment, formatRelative, formatShortDay } from '../lib/time.ts'

/** `relative`: "in 27 days". `day`: "December 20". `short`: "Dec 20, 2026". `moment`: "Dec 20, 2:03 PM". */
type WhenProps = { at: string; as?: 'relative' | 'day' | 'short' | 'moment' }

/** A point in time. The exact instant with its zone shows on hover, and is what a screen reader says of "in 27 days". */
export const When = ({ at, as = 'relative' }: WhenProps) => {
  const now = useNow()
  const exact = formatInstant(at, { locale })
  const text = {
    relative: () => formatRelative(at, now),
    day: () => formatDay(at, now, { locale }),
    short: () => formatShortDay(at, { locale }),
    moment: () => formatMoment(at, { locale }),
  }[as]()
  return (
    <time dateTime={at} title={exact} className="figures">
      {as === 'relative' ? (
        <>
          <span aria-hidden="true">{text}</span>
          <span className="sr-only">{exact}</span>
        </>
      ) : (
        text
      )}
    </time>
  )
}
