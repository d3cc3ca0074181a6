"""The words everyone speaks: records, reasons, errors, URLs, text, dates, portal definitions, configuration."""
