/**
 * Names that may be meant, below the field that searches, as one types: a combobox with a list (ARIA 1.2, the pattern
 * "Editable Combobox With List Autocomplete"). Without it the field is one to search by.
 */
export const suggest = `
const field = document.querySelector('.open input')
if (field) {
  const list = document.createElement('ul')
  const set = (element, names) => { for (const [name, value] of Object.entries(names)) element.setAttribute(name, value) }
  set(list, { id: 'suggestions', class: 'suggestions', role: 'listbox', 'aria-label': 'Names' })
  set(field, { type: 'text', role: 'combobox', 'aria-autocomplete': 'list', 'aria-controls': 'suggestions',
    'aria-expanded': 'false', enterkeyhint: 'search' })
  list.hidden = true
  field.after(list)
  let [options, at, asked, waiting] = [[], -1, undefined, undefined]

  const point = to => {
    at = to
    for (const [index, option] of options.entries()) option.setAttribute('aria-selected', String(index === at))
    const option = options[at]
    if (option === undefined) return field.removeAttribute('aria-activedescendant')
    field.setAttribute('aria-activedescendant', option.id)
    option.scrollIntoView({ block: 'nearest' })
  }
  const show = names => {
    options = names.map(({ alias, name, path }, index) => {
      const option = document.createElement('li')
      set(option, { id: 'suggestion-' + index, role: 'option', 'data-path': path })
      option.textContent = alias + '/' + name
      return option
    })
    list.replaceChildren(...options)
    list.hidden = options.length === 0
    field.setAttribute('aria-expanded', String(!list.hidden))
    point(-1)
  }
  const stop = () => { clearTimeout(waiting); asked?.abort() }
  const close = () => { stop(); if (!list.hidden) show([]) }
  const ask = async q => {
    asked = new AbortController()
    try {
      const answer = await fetch('/-/suggest?' + new URLSearchParams({ q }), { signal: asked.signal })
      const { names } = answer.ok ? await answer.json() : { names: [] }
      show(names)
      status.textContent = names.length === 1 ? '1 name' : (names.length || 'No') + ' names'
    } catch (error) {
      if (error.name !== 'AbortError') close()
    }
  }
  const typed = event => {
    stop()
    if (event.isComposing) return
    const text = field.value.trim()
    if (text.length < 2) close()
    else waiting = setTimeout(ask, 150, text)
  }
  const go = option => { close(); location.assign(option.dataset.path) }

  field.addEventListener('input', typed)
  field.addEventListener('compositionend', typed)
  field.addEventListener('keydown', event => {
    if (event.isComposing) return
    if (event.key === 'Escape') {
      if (list.hidden) return
      close()
    } else if (event.key === 'Enter') {
      if (options[at] === undefined) return close()
      go(options[at])
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const { length } = options
      if (length === 0) return typed(event)
      point(event.key === 'ArrowDown' ? (at + 1) % length : at < 1 ? length - 1 : at - 1)
    } else return
    event.preventDefault()
  })
  field.addEventListener('blur', close)
  addEventListener('pagehide', close)
  // The focus stays in the field.
  list.addEventListener('mousedown', event => event.preventDefault())
  list.addEventListener('click', event => {
    const option = event.target.closest('[role="option"]')
    if (option) go(option)
  })
}
`
