for (const box of document.querySelectorAll(".cases")) {
  const rows = [...box.querySelectorAll("tbody tr")];
  const words = box.querySelector("input");
  const choices = [...box.querySelectorAll("select")];
  const total = box.querySelector(".count");
  const show = () => {
    const terms = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !(terms.every((word) => text.includes(word)) &&
        choices.every((choice) => !choice.value || row.dataset[choice.name] === choice.value));
      count += !row.hidden;
    }
    total.textContent = `${count} of ${rows.length}`;
  };
  words.addEventListener("input", show);
  choices.forEach((choice) => choice.addEventListener("change", show));
  show();
}
