"""Why a page is no article."""
