"""What is known of English without a model: sentences, stems, stop words, numbers and dates. Import the module."""
