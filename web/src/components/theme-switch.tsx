import { useState } from 'react'
import { chooseTheme, readTheme, type Theme } from '../lib/theme.ts'
import { Icon } from './icon.tsx'

const themes: { value: Theme; title: string }[] = [
  { value: 'system', title: 'As the system' },
  { value: 'light', title: 'Light' },
  { value: 'dark', title: 'Dark' },
]

/** Light, dark, or whatever the system says; remembered on this device. */
export const ThemeSwitch = ({ name }: { name: string }) => {
  const [theme, setTheme] = useState(readTheme)
  const choose = (value: Theme) => {
    chooseTheme(value)
    setTheme(value)
  }
  return (
    <fieldset className="inline-flex rounded-box bg-sunken p-0.5">
      <legend className="sr-only">Appearance</legend>
      {themes.map(({ value, title }) => (
        <label
          key={value}
          title={title}
          className="grid size-8 cursor-pointer place-items-center rounded-md text-muted has-checked:bg-surface has-checked:text-ink has-focus-visible:outline-2 has-focus-visible:outline-accent"
        >
          <input
            type="radio"
            name={name}
            value={value}
            checked={theme === value}
            onChange={() => choose(value)}
            className="sr-only"
          />
          <Icon name={value} className="size-4" />
          <span className="sr-only">{title}</span>
        </label>
      ))}
    </fieldset>
  )
}
