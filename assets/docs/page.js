// Adds a copy button to each code block. Without this script the text can still be selected.
for (const block of document.querySelectorAll('pre')) {
  const text = block.textContent.trim()
  const button = document.createElement('button')
  button.type = 'button'
  button.textContent = 'Copy'
  const show = (label) => {
    button.textContent = label
    setTimeout(() => (button.textContent = 'Copy'), 2000)
  }
  button.addEventListener('click', () => {
    navigator.clipboard.writeText(text).then(
      () => show('Copied'),
      () => show('Select the text to copy it'),
    )
  })
  block.append(button)
}
