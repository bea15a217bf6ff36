export type Theme = 'system' | 'light' | 'dark'

const key = 'tollgate.theme'

// Storage throws where a person has switched it off; the system's choice then stands.
const stored = (): string | null => {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

export const readTheme = (): Theme => {
  const theme = stored()
  return theme === 'light' || theme === 'dark' ? theme : 'system'
}

/** Shows the pages so, without remembering it. */
export const applyTheme = (theme: Theme): void => {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
}

/** Shows the pages so from now on, on this device. */
export const chooseTheme = (theme: Theme): void => {
  applyTheme(theme)
  try {
    if (theme === 'system') localStorage.removeItem(key)
    else localStorage.setItem(key, theme)
  } catch {
    // Nowhere to remember it: it holds until the page is closed.
  }
}
